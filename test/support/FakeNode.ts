// The fake node: a program that writes one line to a record for each thing that happens to it, and obeys orders from a pipe.
// How it behaves stands in its own text, because the old and the new release share their environment and their arguments.

/** The paths a fake node writes to and reads from. They lie outside the home, so that a home may be read-only. */
export interface Desk {
  readonly record: string
  readonly orders: string
  readonly silence: string
}

/** The text of a release's binary. */
export type Behaviour = (desk: Desk, release: string) => string

/** What the node did once it was set up, in bash; `on_term` is what SIGTERM makes it do. What comes first is done by what is no node. */
const node = (body: string, first = ""): Behaviour => (desk, release) => `#!/bin/bash
[[ $1 == version || $1 == --version ]] && echo fake-1.0.0 && exit
record=${quote(desk.record)} release=${quote(release)}
note() { printf '%s %s %s %s\\n' "$1" "$BASHPID" "$release" "$2" >> "$record"; }
catch() { local n="got_$1"; printf -v "$n" %d $((\${!n:-0} + 1)); note signal "$1 \${!n}"; }
finish() { note ended "$1"; exit "$1"; }
on_term() { finish 0; }
for s in HUP INT QUIT TRAP STKFLT USR1 USR2 PIPE CONT TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS; do
  trap "catch $s" $s
done
trap 'catch TERM; on_term' TERM
is_alive() { local line; read -r line < "/proc/$1/stat" && [[ \${line##*) } != [ZX]* ]]; } 2>/dev/null
session() { local line; read -r line < /proc/$$/stat; set -- \${line##*) }; echo "$2 $3 $4"; }
${first}
exec {orders}<>${quote(desk.orders)} {silence}<>${quote(desk.silence)}
note started "$(session)"
while read -r event pid _; do
  [[ $event == started || $event == grandchild ]] && [[ $pid != $$ ]] && is_alive "$pid" && note overlap "$pid"
done < "$record"
order= part=
obey() {
  while :; do
    if read -r -t 0.2 -u "$orders" part; then eval "$order$part"; order=; else order+=$part; fi
  done
}
grandchild() {
  trap 'catch TERM; on_term' TERM
  note grandchild
  while :; do read -r -t 0.2 -u "$silence"; done
}
${body}
`

export const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** Runs until SIGTERM, then ends with 0. */
export const steady = node("obey")

/** Takes its time to stop: four tenths of a second, then ends with 0. */
export const unhurried = node('on_term() { read -r -t 0.4 -u "$silence"; finish 0; }; obey')

/** Records SIGTERM and goes on: until an order ends it, or SIGKILL. */
export const stubborn = node("on_term() { :; }; obey")

/** Lives for a tenth of a second, then fails. */
export const shortLived = node('read -r -t 0.1 -u "$silence"; finish 1')

/** Ends at once. */
export const exits = (code: number): Behaviour => node(`finish ${code}`)

/** Halts as a chain does at the height of an upgrade: writes the plan, not atomically, and ends at once. */
export const halts = (planPath: string, plan: string, code: number): Behaviour =>
  node(`printf %s ${quote(plan)} > ${quote(planPath)}; finish ${code}`)

/** Runs until it is told to `halt` as a Cosmos SDK chain does: the plan is written in place and in two goes; then it ends with a code, or hangs. */
export const haltsInPlace = (planPath: string, plan: string, end: number | "hangs"): Behaviour => {
  const [file, middle] = [quote(planPath), plan.length / 2]
  const pause = 'read -r -t 0.1 -u "$silence"'
  const write = `: > ${file}; ${pause}; printf %s ${quote(plan.slice(0, middle))} >> ${file}; ${pause}; printf %s ${quote(plan.slice(middle))} >> ${file}`
  return node(`halt() { ${write}; note halted; ${end === "hangs" ? "" : `finish ${end}; `}}; obey`)
}

/** Has a pre-upgrade command that ends with these codes in turn and changes the data; as a node it is steady. */
export const preparesWith = (...codes: ReadonlyArray<number>): Behaviour =>
  node("obey", `if [[ $1 == pre-upgrade ]]; then
  codes=(${codes.join(" ")})
  code=\${codes[$(grep -c '^pre-upgrade ' "$record")]}
  note pre-upgrade "$# $(readlink "$DAEMON_HOME/wemixvisor/current") $code"
  echo "changed by $code" > "$DAEMON_HOME/data/application.db"
  exit "$code"
fi`)

/** A shell wrapper: two more processes in its group, which it does not stop itself. */
export const wrapper = (child: "obedient" | "stubborn"): Behaviour =>
  node(`${child === "stubborn" ? "(on_term() { :; }; grandchild)" : "grandchild"} & grandchild & obey`)

/** Ends the way its arguments say: `code 3`, or by `signal 9`; a signal that ends nothing is followed by code 7. */
export const asTold: Behaviour = (desk) => `#!/bin/sh
[ "$1" = code ] && exit "$2"
printf 'started %s genesis %s\\n' "$$" "$2" >> ${quote(desk.record)}
kill -"$2" $$
exit 7
`

/** Writes its arguments to the record's neighbour, each closed by NUL, then copies stdin to stdout and three bytes to stderr. */
export const echoes: Behaviour = (desk) => `#!/bin/sh
: > ${quote(`${desk.record}.arguments`)}
for argument do printf '%s\\0' "$argument" >> ${quote(`${desk.record}.arguments`)}; done
printf 'started %s genesis %s\\n' "$$" "$#" >> ${quote(desk.record)}
cat
printf 'err' >&2
`

/** A header that says: a program, for another machine (64 bit, s390). */
export const foreignElf = (): Buffer => {
  const header = Buffer.alloc(4096)
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1])
  header.writeUInt16BE(2, 16)
  header.writeUInt16BE(22, 18)
  header.writeUInt32BE(1, 20)
  return header
}
