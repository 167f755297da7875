// The page that is shown while the server cannot be reached: it looks again by itself.

const EVERY_MS = 3_000;
const LIMIT_MS = 5_000;

async function isBack() {
  try {
    const answer = await fetch("/health/live", { cache: "no-store", signal: AbortSignal.timeout(LIMIT_MS) });
    return answer.ok;
  } catch {
    return false; // No answer, for whatever reason: that is what this page is about.
  }
}

async function look() {
  if (await isBack()) window.location.reload();
  else setTimeout(look, EVERY_MS);
}

window.addEventListener("online", () => window.location.reload());
setTimeout(look, EVERY_MS);
