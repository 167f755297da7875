// Copy, cut and paste by the browser's own events, so that fragments pass from one script and tab to another.

import { useEffect, useRef } from "react";
import { fragmentOf, fragmentText, readFragment } from "./document.js";

/** Keys and clipboard belong to a field while somebody types in it, and to a window that is open. */
export function isElsewhere(target) {
  return Boolean(target.closest?.("input, textarea, select, [contenteditable], dialog")) || Boolean(document.querySelector("dialog[open]"));
}

export function useClipboard(editor) {
  const latest = useRef(editor);
  latest.current = editor;
  useEffect(() => {
    const copy = (event) => {
      const { doc, selection, remove } = latest.current;
      if (isElsewhere(event.target) || selection.length === 0 || String(window.getSelection()) !== "") return;
      event.clipboardData.setData("text/plain", fragmentText(fragmentOf(doc, selection)));
      event.preventDefault();
      if (event.type === "cut") remove(selection);
    };
    const paste = (event) => {
      if (isElsewhere(event.target)) return;
      const fragment = readFragment(event.clipboardData.getData("text/plain"));
      if (!fragment) return;
      event.preventDefault();
      latest.current.put(fragment);
    };
    document.addEventListener("copy", copy);
    document.addEventListener("cut", copy);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("copy", copy);
      document.removeEventListener("cut", copy);
      document.removeEventListener("paste", paste);
    };
  }, []);
}
