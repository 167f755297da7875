import "./simulator/main.js";
