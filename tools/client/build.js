/* Bundles the client: `npm run build`, from src/emergence/client/src into client/static and client/live, which travel with the package,
   so that nobody needs Node to read, build or test the book. With `--vega` also the drawing library, from the versions in
   package-lock.json. `client/bundles.json` says which sources the bundles were made of (tests/test_client.py). */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const client = join(here, "../../src/emergence/client");
const out = process.env.OUT ?? client;
const hash = (...texts) => createHash("sha256").update(texts.join("\n")).digest("hex").slice(0, 16);
const files = (folder, within = client) =>
  readdirSync(join(within, folder), { recursive: true })
    .map((name) => `${folder}/${name}`)
    .filter((name) => /\.(js|css)$/.test(name))
    .sort();

const common = {
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  target: "es2022",
  logLevel: "warning",
};
const script = (source, outfile) => build({ ...common, format: "iife", entryPoints: [join(client, source)], outfile });

if (process.argv.includes("--vega")) {
  const vega = { ...common, format: "iife", globalName: "vega", target: "es2020", charset: "ascii" };
  await build({ ...vega, entryPoints: [join(here, "vega.js")], outfile: join(client, "vendor/vega.js") });
}
for (const name of ["figure.js", "live.js", "figure.css"]) await script(`src/${name}`, join(out, "static", name));
for (const source of files("src/live")) await script(source, join(out, "live", basename(source)));

const sources = files("src");
const bundles = [...files("live", out), ...files("static", out)];
const record = {
  sources: hash(...sources.flatMap((name) => [name, readFileSync(join(client, name), "utf8")])),
  bundles: Object.fromEntries(bundles.map((name) => [name, hash(readFileSync(join(out, name), "utf8"))])),
};
writeFileSync(join(out, "bundles.json"), `${JSON.stringify(record, null, 1)}\n`);
console.log(`${bundles.length} bundles of ${sources.length} sources in ${relative(process.cwd(), out) || "."}`);
