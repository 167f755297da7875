// The skill that is being edited, read from the form around the comparison.

const FIELDS = ["name", "initial_priority", "acceleration", "max_priority"];

/** The fields of the form by name; without them (a page that only shows) the values of `saved` hold. */
export class SkillForm {
  constructor(saved) {
    this.saved = saved;
    this.inputs = new Map(FIELDS.map((name) => [name, document.getElementById(`id_${name}`)]));
  }

  input(name) {
    return this.inputs.get(name);
  }

  values() {
    return Object.fromEntries(FIELDS.map((name) => [name, this.input(name)?.value ?? this.saved?.[name] ?? ""]));
  }

  /** Whether the lines show something other than what is saved. */
  get isUnsaved() {
    return !this.saved || FIELDS.some((name) => this.input(name) && this.input(name).value !== this.input(name).defaultValue);
  }

  /** The business unit whose skills may be compared; an administrator of several chooses it in the form. */
  unit(own) {
    return document.getElementById("id_business_unit")?.value || own;
  }

  onChange(listener) {
    for (const input of this.inputs.values()) input?.addEventListener("input", listener);
  }
}
