// The actions there are, by group, to be dragged onto the canvas or put there by Enter.

import { useMemo, useState } from "react";
import { t } from "../lib/i18n.js";
import { DRAGGED } from "./Canvas.jsx";
import { Icon } from "./parts.jsx";

export function Palette({ actions, onAdd }) {
  const [search, setSearch] = useState("");
  const groups = useMemo(() => grouped(actions, search), [actions, search]);
  return (
    <aside className="palette" aria-label={t("palette")} data-testid="palette">
      <input type="search" className="form-control" value={search} placeholder={t("palette.search")}
        aria-label={t("palette.search")} data-testid="palette-search"
        onChange={(event) => setSearch(event.target.value)}
        onKeyDown={(event) => {
          const type = event.key === "Enter" ? bestOf(groups, search) : null;
          if (type) onAdd(type);
        }}
      />
      {groups.length === 0 && <p className="soft">{t("palette.none")}</p>}
      {groups.map((group) => (
        <section key={group.label}>
          <h2 className="palette__group">{group.label}</h2>
          {group.actions.map((action) => (
            <button key={action.type} type="button" className={`palette__action action--${action.group}`} draggable
              title={action.description} data-testid="palette-action" data-type={action.type}
              onDragStart={(event) => {
                event.dataTransfer.setData(DRAGGED, action.type);
                event.dataTransfer.effectAllowed = "copy";
              }}
              onClick={() => onAdd(action.type)}
            >
              <Icon name={action.group} />
              <span>
                <strong>{action.type}</strong>
                <span>{action.name}</span>
              </span>
            </button>
          ))}
        </section>
      ))}
    </aside>
  );
}

/** What Enter adds: the action of this name, else one whose name begins so, else the first that is shown. */
function bestOf(groups, search) {
  const types = groups.flatMap((group) => group.actions.map((action) => action.type));
  const wanted = search.trim().toUpperCase();
  return types.find((type) => type === wanted) ?? types.find((type) => wanted && type.startsWith(wanted)) ?? types[0];
}

function grouped(actions, search) {
  const wanted = search.trim().toLocaleLowerCase();
  const found = new Map();
  for (const action of actions) {
    const text = `${action.type} ${action.name} ${action.description}`.toLocaleLowerCase();
    if (!text.includes(wanted)) continue;
    if (!found.has(action.group_label)) found.set(action.group_label, []);
    found.get(action.group_label).push(action);
  }
  return [...found].map(([label, members]) => ({ label, actions: members }));
}
