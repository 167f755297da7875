// localStorage that may be forbidden, full, or hold what another version wrote.

export function readStored(key) {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function writeStored(key, value) {
  try {
    window.localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

/** Remove one key, or with `prefix` every key that begins with it. */
export function removeStored(key, { prefix = false } = {}) {
  try {
    if (!prefix) {
      window.localStorage.removeItem(key);
      return;
    }
    for (const name of Object.keys(window.localStorage)) {
      if (name.startsWith(key)) window.localStorage.removeItem(name);
    }
  } catch {
    // Nothing was stored where nothing may be stored.
  }
}

/** The stored JSON object, or `fallback` when it is missing or unreadable. */
export function readStoredJson(key, fallback) {
  const raw = readStored(key);
  if (raw === null) return fallback;
  try {
    return JSON.parse(raw);
  } catch {
    return fallback;
  }
}

export function writeStoredJson(key, value) {
  return writeStored(key, JSON.stringify(value));
}

/** JSON of this tab, gone when it is closed; `fallback` when nothing readable is stored. */
export function readTabJson(key, fallback) {
  try {
    return JSON.parse(window.sessionStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function writeTabJson(key, value) {
  try {
    window.sessionStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** Forget everything kept for this tab. */
export function clearTab() {
  try {
    window.sessionStorage.clear();
  } catch {
    // Nothing was stored where nothing may be stored.
  }
}
