// The tab's title and icon call the agent back while he works in another window.

/** Shows a count before the title and a dot on the icon. */
export class Attention {
  constructor() {
    this.title = document.title;
    this.icon = document.querySelector("link[rel='icon'][data-alert]");
    this.count = 0;
  }

  show(count) {
    if (count === this.count) return;
    this.count = count;
    document.title = count > 0 ? `(${count}) ${this.title}` : this.title;
    if (this.icon) this.icon.href = count > 0 ? this.icon.dataset.alert : this.icon.dataset.quiet;
  }
}
