// What no type can say: rings, lengths, opening comments, the one home of each kind of outside, words that are not ours.
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "..")

const filesBelow = (directory: string, ending: string): ReadonlyArray<string> =>
  readdirSync(join(root, directory), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(directory, name))

const read = (path: string): string => readFileSync(join(root, path), "utf8")

/** The code without its comments, and with the text of its strings taken out. */
const codeOf = (path: string): string =>
  read(path)
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|[^:"'`])\/\/.*$/gm, "$1")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, "\"\"")
    .replace(/`[^`]*`/g, "``")

const importsOf = (path: string): ReadonlyArray<string> =>
  [...read(path).matchAll(/(?:from|import)\s*\(?"([^"]+)"/g)].map(([, specifier = ""]) => specifier)

const sources = filesBelow("src", ".ts")
const tests = filesBelow("test", ".ts")

/** The ring of a file; those beside the rings may see all of them. */
const ringOf = (path: string): number => {
  const ring = ["domain", "machine", "services", "supervisor", "cli"].indexOf(path.split("/")[1] ?? "")
  return ring === -1 ? 5 : ring
}

const offences = (paths: ReadonlyArray<string>, isOffence: (path: string) => boolean | ReadonlyArray<string>): ReadonlyArray<string> =>
  paths.flatMap((path) => {
    const found = isOffence(path)
    if (typeof found === "boolean") return found ? [path] : []
    return found.map((what) => `${path}: ${what}`)
  })

describe("the sources", () => {
  it("import from their own ring or from one further in", () => {
    expect(offences(sources, (path) =>
      importsOf(path)
        .filter((specifier) => specifier.startsWith("."))
        .filter((specifier) => ringOf(relative(root, join(root, dirname(path), specifier))) > ringOf(path)))).toEqual([])
  })

  it("know, as services, of one another only Config, Disk, what writes on it with care, and what is a tool of several", () => {
    const tools = new Set(["Config", "Disk", "Durable", "Spelling", "ProcessTable", "ProgramFile", "FileLooks", "LockHolder", "Log", "MemoryTree", "hooks/CommandRunner"])
    /** What of a folder may be known outside it, and by whom: a matter of several files has one face. */
    const faces = new Map([["copy/DataCopy", "backup"], ["copy/StatusLine", "backup download"], ["staging/Staging", "download"], ["staging/Aside", "download"], ["staging/Hashing", "download"]])
    const nameOf = (path: string): string => relative(join(root, "src/services"), path).replace(/\.ts$/, "")
    const mayKnow = (path: string, other: string): boolean => {
      const [folder, its] = [dirname(nameOf(path)), dirname(other)]
      return folder === its && folder !== "." || tools.has(other) || faces.get(other)?.split(" ").includes(folder) === true ||
        (folder === "staging" || folder === "download") && other === "Releases"
    }
    expect(offences(filesBelow("src/services", ".ts"), (path) =>
      importsOf(path).filter((specifier) => specifier.startsWith("."))
        .map((specifier) => join(root, dirname(path), specifier))
        .filter((target) => target.includes("/src/services/") && !mayKnow(join(root, path), nameOf(target)))
        .map(nameOf))).toEqual([])
  })

  it("decide in the machine without effects, clocks or the system", () => {
    expect(offences(filesBelow("src/machine", ".ts"), (path) => importsOf(path).filter((specifier) => !/^\.|^effect$/.test(specifier)))).toEqual([])
    expect(offences(filesBelow("src/machine", ".ts"), (path) => /import (?!type)(?!\{ Data \})[^\n]*from "effect"/.test(read(path)))).toEqual([])
  })

  it("touch the system only in services, and at the edge", () => {
    const edge = new Set(["src/bin.ts", "src/start.ts", "src/cli/Program.ts"])
    expect(offences(sources, (path) =>
      ringOf(path) !== 2 && !edge.has(path) && (/\bprocess\./.test(codeOf(path)) || importsOf(path).some((specifier) => specifier.startsWith("node:"))))).toEqual([])
  })

  it("run effects in bin.ts alone", () => {
    expect(offences(sources, (path) => /\bEffect\.run[A-Z]/.test(codeOf(path)))).toEqual(["src/bin.ts"])
  })

  it("read the clock and chance through Effect", () => {
    expect(offences(sources, (path) => /\bDate\.now\b|\bMath\.random\b|\bconsole\.|\bnew Date\(\)/.test(codeOf(path)))).toEqual([])
  })

  it("have no case that swallows others in the machine", () => {
    expect(offences(filesBelow("src/machine", ".ts"), (path) => /\bdefault:/.test(codeOf(path)))).toEqual([])
  })
})

describe("every file", () => {
  const all = [...sources, ...tests]

  it("opens with one to six lines that say what it is", () => {
    expect(offences(all, (path) => {
      const lines = read(path).replace(/^#!.*\n/, "").split("\n")
      const comment = lines.findIndex((line) => !line.startsWith("//"))
      return comment < 1 || comment > 6
    })).toEqual([])
  })

  it("has at most 250 lines", () => {
    expect(offences(all, (path) => read(path).split("\n").length > 251)).toEqual([])
  })

  it("asserts no type but const, uses no any, and silences no checker", () => {
    expect(offences(all.filter((path) => path !== "test/tidy.test.ts"), (path) => {
      const code = codeOf(path).split("\n").filter((line) => !/^\s*(?:import|export) |\* as |^\s*\w+ as \w+,?$|\{ \w+ as \w+/.test(line)).join("\n")
      return /\bas (?!const\b)[A-Za-z({[]|[:<|(,]\s*any\b|@ts-|[\w\])]!(?:[.;,)\n\]]|$)/.test(code)
    })).toEqual([])
  })

  it("leaves nothing to be done later", () => {
    const words = new RegExp(["TO" + "DO", "FIX" + "ME", "X" + "XX", String.raw`\.(?:sk` + "ip|on" + String.raw`ly|to` + String.raw`do)\(`].join("|"))
    expect(offences([...all, ...filesBelow("docs", ".md"), "README.md"], (path) => words.test(read(path)))).toEqual([])
  })
})

describe("the project", () => {
  it("names no package registry, not in its lock file either", () => {
    expect(read("package-lock.json")).not.toMatch(/"resolved"/)
  })

  it("names no path of the machine it was written on", () => {
    const home = new RegExp(["/ro" + "ot/", "/wo" + "rk/", "sha" + "red/"].join("|"))
    expect(offences([...sources, ...tests, ...filesBelow("docs", ".md"), "README.md", "package.json"], (path) => home.test(read(path)))).toEqual([])
  })
})
