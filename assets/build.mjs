// Bundles the pages' scripts and the stylesheet into build/static/acd, where Django's staticfiles finds them.
// Every file directly in assets/js is the script of a page; assets/css/site.css is the one stylesheet.
import { build } from "esbuild";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
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

// The icons of the installed desk, drawn from the one of the tabs. A system cuts a maskable one to its own shape, so
// its ground reaches the edges and the drawing stays within the middle.
const drawing = (await readFile(path.join(assets, "img", "favicon.svg"), "utf8")).replace(/<\/?svg[^>]*>/g, "");
const plain = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${drawing}</svg>`;
const whole = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" fill="#ffffff"/>
  <g transform="translate(6.4 6.4) scale(0.6)">${drawing}</g></svg>`;
await initWasm(await readFile(createRequire(import.meta.url).resolve("@resvg/resvg-wasm/index_bg.wasm")));
for (const [name, svg, size] of [
  ["icon-192.png", plain, 192],
  ["icon-512.png", plain, 512],
  ["maskable-192.png", whole, 192],
  ["maskable-512.png", whole, 512],
  ["touch-180.png", whole, 180],
]) {
  await writeFile(path.join(output, name), new Resvg(svg, { fitTo: { mode: "width", value: size } }).render().asPng());
}
