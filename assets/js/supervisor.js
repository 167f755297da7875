import "./supervisor/main.js";
