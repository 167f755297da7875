import "./desk/main.js";
