// Notifications of the browser for alerts that are new; closed when the alert is over.

import { Notifier } from "../desk/notify.js";

export class AlertNotifier {
  constructor({ words, title }) {
    this.words = words;
    this.title = title;
    this.notifier = new Notifier({ onOpen: () => {} });
  }

  get permission() {
    return this.notifier.permission;
  }

  askPermission() {
    return this.notifier.askPermission();
  }

  /** Tell what has been raised since the last look; nothing at the first one, which shows what is known already. */
  boardChanged(before, after) {
    const known = new Set(before.alerts.map((alert) => alert.id));
    const isFirst = before.unit === null;
    for (const alert of after.alerts) {
      if (known.has(alert.id) || isFirst) continue;
      this.notifier.show({ tag: `alert-${alert.id}`, title: this.title, body: this.words(alert), target: {} });
    }
    this.notifier.keepOnly("alert-", new Set(after.alerts.map((alert) => `alert-${alert.id}`)));
  }
}
