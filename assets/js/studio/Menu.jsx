// The bar above the canvas: the menus, what is open, how it stands with saving, and Publish.

import { t } from "../lib/i18n.js";
import { Icon } from "./parts.jsx";

export function Bar({ title, standing, menus, tools, children }) {
  return (
    <div className="studio-bar">
      <div className="studio-bar__menus" role="group" aria-label={t("menus")}>
        {menus.map((menu) => (
          <Menu key={menu.id} menu={menu} />
        ))}
      </div>
      <div className="studio-bar__title">
        <h1 data-testid="script-name">{title}</h1>
        {standing}
      </div>
      <div className="studio-bar__tools">
        {tools}
        {children}
      </div>
    </div>
  );
}

function Menu({ menu }) {
  return (
    <div className="dropdown">
      <button type="button" className="btn btn-bare dropdown-toggle" data-bs-toggle="dropdown" aria-expanded="false" data-testid={`menu-${menu.id}`}>
        {menu.label}
      </button>
      <ul className="dropdown-menu">
        {menu.items.map((item, index) =>
          item === null ? (
            <li key={`line-${index}`}><hr className="dropdown-divider" /></li>
          ) : (
            <li key={item.id}><Entry item={item} /></li>
          ),
        )}
      </ul>
    </div>
  );
}

function Entry({ item }) {
  const content = (
    <>
      <span>{item.label}</span>
      {item.keys && <kbd className="menu-keys">{item.keys}</kbd>}
    </>
  );
  if (item.href && !item.disabled) {
    return <a className="dropdown-item menu-entry" href={item.href} download={item.download} data-testid={item.id}>{content}</a>;
  }
  return (
    <button type="button" className="dropdown-item menu-entry" disabled={item.disabled} onClick={item.run} data-testid={item.id}>
      {content}
    </button>
  );
}

export function ToolButton({ label, icon, onClick, disabled, pressed, testId }) {
  return (
    <button type="button" className="btn btn-bare tool" aria-label={label} title={label} aria-pressed={pressed} disabled={disabled}
      onClick={onClick} data-testid={testId}>
      <Icon name={icon} />
    </button>
  );
}
