// Every `<select multiple data-dual-list>` of the page becomes a dual list; `data-dual-list="ordered"` keeps an order.

import { enhanceSelect } from "./lib/dual-list.js";
import { pageData } from "./lib/http.js";
import { setLanguage } from "./lib/i18n.js";

setLanguage({ strings: pageData("dual-list-words"), lang: document.documentElement.lang, preferred: navigator.languages });
for (const select of document.querySelectorAll("select[multiple][data-dual-list]")) enhanceSelect(select);
