// The list of scripts.
import "./studio/dialogs.js";
