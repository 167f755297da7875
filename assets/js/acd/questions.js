// Asks before a button does what it says. Without this script it does it at once; all of it can be undone.
export function askBefore(button) {
  button.addEventListener("click", (event) => {
    const action = button.form.elements.action?.value;
    if (button.dataset.askFor && button.dataset.askFor !== action) return;
    if (button.dataset.answered) return;
    event.preventDefault();
    ask(button);
  });
}

function ask(button) {
  const { question, questionTitle, questionYes, questionNo } = button.dataset;
  const dialog = element("dialog", "question");
  const title = element("h2", "", questionTitle);
  title.id = "question-title";
  dialog.setAttribute("aria-labelledby", title.id);
  const yes = element("button", "btn btn-primary", questionYes);
  const no = element("button", "btn btn-quiet", questionNo);
  const buttons = element("div", "question__buttons");
  buttons.append(no, yes);
  dialog.append(title, element("p", "", question), buttons);
  document.body.append(dialog);
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", () => {
    button.dataset.answered = "yes";
    dialog.close();
    button.click();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    button.focus();
  });
  dialog.showModal();
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  if (tag === "button") made.type = "button";
  return made;
}
