// The keyboard shortcuts of the editor.

import { useEffect, useRef } from "react";
import { isElsewhere } from "./useClipboard.js";

const ANYWHERE = new Set(["mod+s", "f6", "shift+f6"]);
const isWindowOpen = (name) => name !== "mod+s" && document.querySelector("dialog[open]") !== null;

/** `commands` by name of the key with its modifiers: "mod+s", "mod+shift+z", "delete". "mod" is Control, or Command on a Mac. */
export function useKeys(commands) {
  const latest = useRef(commands);
  latest.current = commands;
  useEffect(() => {
    const onKey = (event) => {
      const name = nameOf(event);
      const command = latest.current[name];
      // Undoing is the field's own while one types in it; some keys are meant for the script wherever the focus is.
      if (!command || (ANYWHERE.has(name) ? isWindowOpen(name) : isElsewhere(event.target))) return;
      event.preventDefault();
      command();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function nameOf(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("mod");
  if (event.shiftKey) parts.push("shift");
  parts.push(event.key === "Backspace" ? "delete" : event.key.toLowerCase());
  return parts.join("+");
}
