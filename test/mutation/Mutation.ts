// One way to break the program, as data, and what makes it one: its text occurs once in its file. Changes nothing.

/** A place where the text of a file is broken on purpose. */
export interface Mutation {
  /** From the project's root. */
  readonly file: string
  /** What is broken, in a few words: unique among all. */
  readonly breaks: string
  /** The exact text, which occurs once in the file. */
  readonly from: string
  readonly to: string
  /**
   * What will notice, where that is not the quick tests: `walk`, the one over every state; `disk`, the model of what a power cut leaves;
   * or names in `test/process`, where only a real program can.
   */
  readonly catches?: "walk" | "disk" | ReadonlyArray<string>
}

/** All mutations of one file. */
export const of = (file: string, mutations: ReadonlyArray<Omit<Mutation, "file">>): ReadonlyArray<Mutation> =>
  mutations.map((mutation) => ({ file, ...mutation }))

export const occurrences = (text: string, part: string): number => text.split(part).length - 1

/** The file's text with the mutation in it. */
export const broken = (text: string, { breaks, file, from, to }: Mutation): string => {
  if (occurrences(text, from) !== 1) throw new Error(`the text that "${breaks}" replaces does not occur exactly once in ${file}`)
  return text.replace(from, () => to)
}

/** Whether a person who asks for this word means the mutation. */
export const isMeant = ({ breaks, file }: Mutation, word: string): boolean => `${file} ${breaks}`.toLowerCase().includes(word.toLowerCase())
