// What a directory tree holds, as it was found by a walk over it; and how its names are spelt for people. Reads nothing.

/** One entry; `path` is relative to the tree's root, without a slash before or after. */
export interface Entry {
  readonly kind: "file" | "directory" | "link"
  /** In the alphabet of the one who walked: only that one opens it. People and manifests get it by way of `spell`. */
  readonly path: string
  /** The length of a file; 0 for others. */
  readonly bytes: number
  /** What it takes on the disk: less than its length when it has holes. */
  readonly allocatedBytes: number
  readonly mode: number
  readonly owner: number
  readonly group: number
  readonly accessedAtSeconds: number
  readonly modifiedAtSeconds: number
  /** Names the file system that it lies on. */
  readonly device: number
  /** The path of the same file under an earlier name. */
  readonly sameAs?: string
}

export interface Survey {
  /** Directories stand before what is in them. */
  readonly entries: ReadonlyArray<Entry>
  readonly files: number
  readonly directories: number
  readonly links: number
  /** The files' lengths together. */
  readonly bytes: number
  /** What a copy takes on a disk that shares nothing with the tree. */
  readonly allocatedBytes: number
  /** Sockets, pipes and devices, which no copy has. Spelt for people, like the two below. */
  readonly skipped: ReadonlyArray<string>
  readonly excluded: ReadonlyArray<string>
  /** What went away while it was looked at or copied. */
  readonly vanished: ReadonlyArray<string>
}

export interface Lists {
  readonly skipped: ReadonlyArray<string>
  readonly excluded: ReadonlyArray<string>
  readonly vanished: ReadonlyArray<string>
}

const sum = (entries: ReadonlyArray<Entry>, of: (entry: Entry) => number): number => entries.reduce((total, entry) => total + of(entry), 0)

export const surveyOf = (entries: ReadonlyArray<Entry>, { excluded, skipped, vanished }: Lists): Survey => {
  const count = (kind: Entry["kind"]) => sum(entries, (entry) => entry.kind === kind ? 1 : 0)
  return {
    entries,
    files: count("file"),
    directories: count("directory"),
    links: count("link"),
    bytes: sum(entries, ({ bytes }) => bytes),
    allocatedBytes: sum(entries, ({ allocatedBytes, sameAs }) => sameAs === undefined ? allocatedBytes : 0),
    skipped,
    excluded,
    vanished
  }
}

const escaped = (character: string): string =>
  [...new TextEncoder().encode(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("")

/** A name as one line of text: what would break the line, and the percent sign, as a URL would spell them. */
export const spell = (name: string): string => /[%\p{Cc}]/u.test(name) ? name.replace(/[%\p{Cc}]/gu, escaped) : name
