// Small pieces that several parts of the editor show.

import { useEffect, useRef } from "react";
import { t } from "../lib/i18n.js";

const PATHS = {
  flow: "M5 12h14M13 6l6 6-6 6",
  queue: "M8 8a4 4 0 1 0 8 0 4 4 0 1 0-8 0M4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5",
  event: "M13 3 5 14h6l-1 7 8-11h-6z",
  text: "M4 5h16v11H10l-5 4v-4H4z",
  data: "M5 6h14M5 12h14M5 18h9",
  undo: "M9 14 4 9l5-5M4 9h9a6 6 0 0 1 0 12h-2",
  redo: "m15 14 5-5-5-5M20 9h-9a6 6 0 0 0 0 12h2",
  close: "M6 6l12 12M18 6 6 18",
  warning: "M12 4 2.5 20h19zM12 10v4M12 17h.01",
  error: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5v5.5M12 16.5h.01",
  check: "m5 12 5 5 9-10",
  plus: "M12 5v14M5 12h14",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  canvas: "M3 5h7v5H3zM14 14h7v5h-7zM10 7.5h4a2 2 0 0 1 2 2V14",
};

export function Icon({ name }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name] ?? PATHS.flow} />
    </svg>
  );
}

/** What people call an action: its caption, else its name. */
export function nameOf(action, specs) {
  return action.label || specs.get(action.type)?.name || action.type;
}

/** With its type, so that two of one name can be told apart. */
export function fullName(action, specs) {
  return action.label ? `${action.type} · ${action.label}` : `${action.type} · ${specs.get(action.type)?.name ?? action.id}`;
}

export function worst(findings) {
  if (findings.some((finding) => finding.severity === "error")) return "error";
  return findings.length > 0 ? "warning" : null;
}

/** A window above the page. The browser keeps the focus in it and closes it by Escape. */
export function Dialog({ title, onClose, children, testId, wide = false }) {
  const ref = useRef(null);
  useEffect(() => {
    const dialog = ref.current;
    dialog.showModal();
    // The browser would choose the button that closes.
    dialog.querySelector("form input, form select")?.focus();
    return () => dialog.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className={wide ? "dialog dialog--wide" : "dialog"}
      aria-label={title}
      data-testid={testId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dialog__head">
        <h2>{title}</h2>
        <button type="button" className="btn btn-bare" aria-label={t("close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  );
}
