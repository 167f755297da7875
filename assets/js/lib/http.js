// Calls to our own API: session cookie, CSRF token, JSON, a time limit, errors as one type.

const TIME_LIMIT_MS = 15_000;
const BUSY_PAUSES_MS = [150, 600];

/** What the API answered instead of success. `status` 0 means no answer at all: the call may or may not have worked. */
export class ApiError extends Error {
  constructor({ status, code, message, fields = {} }) {
    super(message || code);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.fields = fields;
  }

  get isSignedOut() {
    return this.status === 401 || (this.status === 403 && this.code === "not_authenticated");
  }
}

export function readCookie(name, cookies = document.cookie) {
  for (const pair of cookies.split(";")) {
    const [key, ...rest] = pair.trim().split("=");
    if (key === name) return decodeURIComponent(rest.join("="));
  }
  return "";
}

/**
 * A client for the API under `base`. `idempotencyKey` makes a repeated POST count once.
 * What the server undid because somebody else held the same rows (`busy`) is asked for again, twice at most.
 */
export function createApi({ base, csrfCookie }) {
  async function call(method, path, { body, idempotencyKey, keepalive } = {}) {
    const headers = { Accept: "application/json" };
    if (method !== "GET") {
      headers["Content-Type"] = "application/json";
      headers["X-CSRFToken"] = readCookie(csrfCookie);
    }
    if (idempotencyKey) headers["Idempotency-Key"] = idempotencyKey;
    const request = {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      keepalive,
    };
    return patiently(async () => readAnswer(await send(path.startsWith("/") ? path : base + path, request)));
  }
  return {
    get: (path) => call("GET", path),
    post: (path, body = {}, options = {}) => call("POST", path, { body, ...options }),
    put: (path, body) => call("PUT", path, { body }),
    patch: (path, body) => call("PATCH", path, { body }),
    /** `keepalive`: goes out even if the page is left. */
    delete: (path, options = {}) => call("DELETE", path, options),
  };
}

async function patiently(ask) {
  for (const pause of BUSY_PAUSES_MS) {
    try {
      return await ask();
    } catch (error) {
      if (error.code !== "busy") throw error;
      // Those who met do not come back together.
      await new Promise((resume) => setTimeout(resume, pause * (0.5 + Math.random())));
    }
  }
  return ask();
}

async function send(url, options) {
  try {
    return await fetch(url, { ...options, signal: AbortSignal.timeout(TIME_LIMIT_MS) });
  } catch (error) {
    throw new ApiError({ status: 0, code: error.name === "TimeoutError" ? "timeout" : "network", message: "" });
  }
}

async function readAnswer(response) {
  const text = await response.text();
  const data = parsed(text);
  if (response.ok) return data ?? {};
  throw new ApiError({
    status: response.status,
    code: data?.code ?? `http_${response.status}`,
    message: data?.message ?? "",
    fields: data?.fields ?? {},
  });
}

function parsed(text) {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null; // A proxy's error page.
  }
}

/** A key no two calls share. `crypto.randomUUID` is missing on plain HTTP, `getRandomValues` is not. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The JSON the server put on the page under `id`. */
export function pageData(id) {
  return JSON.parse(document.getElementById(id).textContent);
}
