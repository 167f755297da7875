// Bundles the pages' scripts and the stylesheet into build/static/acd, where Django's staticfiles finds them.
// Every file directly in assets/js is the script of a page; assets/css/site.css is the one stylesheet.
import { build } from "esbuild";
import { cp, mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const assets = path.dirname(fileURLToPath(import.meta.url));
const output = path.join(assets, "..", "build", "static", "acd");

const files = await readdir(path.join(assets, "js"), { withFileTypes: true });
const scripts = files
  .filter((file) => file.isFile() && /\.[jt]sx?$/.test(file.name) && !file.name.endsWith(".test.js"))
  .map((file) => path.join(assets, "js", file.name));

await rm(output, { recursive: true, force: true });
await mkdir(output, { recursive: true });
await build({
  entryPoints: [...scripts, path.join(assets, "css", "site.css")],
  entryNames: "[name]",
  assetNames: "media/[name]",
  outdir: output,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  sourcemap: true,
  legalComments: "eof",
  logLevel: "warning",
  loader: { ".svg": "file", ".woff2": "file", ".png": "file", ".mp3": "file", ".wav": "file" },
});
for (const folder of ["img", "sound"]) {
  await cp(path.join(assets, folder), output, { recursive: true }).catch((error) => {
    if (error.code !== "ENOENT") throw error;
  });
}
