// What `npm pack` gives: the program runs from it with nothing beside it, and the library has what it promises to import.
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { join, resolve } from "node:path"
import { describe, expect, it } from "vitest"
import { steady } from "../support/FakeNode.ts"
import { environment } from "../support/Program.ts"
import { type Occasion, TestHome } from "../support/TestHome.ts"

const project = resolve(import.meta.dirname, "../..")

/** The package, unpacked in a directory that has no `node_modules` and none above it. The build that the tests run on is packed as it is. */
const unpacked = (test: Occasion): { readonly home: TestHome; readonly path: string } => {
  const home = TestHome.empty(test)
  const packed = spawnSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", home.root], { cwd: project, encoding: "utf8" })
  expect(packed.status, packed.stderr).toBe(0)
  const [archive = ""] = fs.readdirSync(home.root).filter((name) => name.endsWith(".tgz"))
  expect(spawnSync("tar", ["-xzf", join(home.root, archive), "-C", home.root]).status).toBe(0)
  return { home, path: join(home.root, "package") }
}

interface Manifest {
  readonly version: string
  readonly bin: { readonly wemixvisor: string }
  readonly dependencies: Readonly<Record<string, string>>
}

const manifestIn = (path: string): Manifest => JSON.parse(fs.readFileSync(join(path, "package.json"), "utf8"))

describe("the package", () => {
  it("has a program that runs by itself: it makes a home and tells its version", (test) => {
    const { home, path } = unpacked(test)
    const { bin, version } = manifestIn(path)
    const program = join(path, bin.wemixvisor)
    expect(fs.statSync(program).mode & 0o111).not.toBe(0)
    home.put(join(home.root, "built"), steady(home, "genesis"), 0o755)
    const run = (...words: ReadonlyArray<string>) => spawnSync(process.execPath, [program, ...words], { cwd: home.root, env: environment(home), encoding: "utf8" })
    expect(run("init", join(home.root, "built"))).toMatchObject({ status: 0, stderr: "" })
    expect(run("version").stdout).toContain(version)
    expect(run("upgrade", "list")).toMatchObject({ status: 0, stdout: expect.stringContaining("genesis") })
  })

  it("has the documents, the library with its types, and imports nothing that it does not depend on", (test) => {
    const { path } = unpacked(test)
    const { dependencies } = manifestIn(path)
    for (const name of ["README.md", "LICENSE", "docs/OPERATING.md", "docs/EMBEDDING.md", "dist/library/index.d.ts"]) expect(fs.existsSync(join(path, name)), name).toBe(true)
    const modules = fs.readdirSync(join(path, "dist", "library"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"))
    const imported = modules.flatMap((name) => [...fs.readFileSync(join(path, "dist", "library", name), "utf8").matchAll(/(?:^(?:import|export) [^"\n]*from |\bimport\()"([^".][^"]*)"/gm)].map(([, specifier = ""]) => specifier))
    const names = new Set(imported.filter((specifier) => !specifier.startsWith("node:")).map((specifier) => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")))
    expect([...names].filter((name) => !(name in dependencies))).toEqual([])
    expect(names.size).toBeGreaterThan(0)
  })
})
