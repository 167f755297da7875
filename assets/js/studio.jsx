// The script editor: the one page that is drawn by React, for the canvas.
import "@xyflow/react/dist/style.css";
import "../css/studio.css";
import { createRoot } from "react-dom/client";
import { ReactFlowProvider } from "@xyflow/react";
import { createApi, pageData } from "./lib/http.js";
import { setLanguage } from "./lib/i18n.js";
import { Studio } from "./studio/Studio.jsx";
import "./studio/dialogs.js";

const config = pageData("studio-config");
setLanguage({ strings: pageData("strings"), lang: document.documentElement.lang, preferred: navigator.languages });
const api = createApi({ base: config.api, csrfCookie: config.csrf_cookie });

createRoot(document.getElementById("main")).render(
  <ReactFlowProvider>
    <Studio config={config} api={api} />
  </ReactFlowProvider>,
);
