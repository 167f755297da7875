// Notifications that the service worker of a page has shown: they outlive the page.

/**
 * Close those of the page at `path`, and let the server send no more of them to this browser. Never fails: without service workers (plain HTTP) there are none, and a browser
 * that does not answer within `patience` milliseconds holds nobody up.
 */
export async function closeNotifications(path, { container = navigator.serviceWorker, patience = 1_000 } = {}) {
  if (!container) return;
  let timer;
  const tooLong = new Promise((resolve) => (timer = setTimeout(resolve, patience)));
  try {
    await Promise.race([closeAll(container, path), tooLong]);
  } catch (error) {
    console.warn("notifications not closed:", error.name);
  } finally {
    clearTimeout(timer);
  }
}

async function closeAll(container, path) {
  const registration = await container.getRegistration(path);
  for (const notification of (await registration?.getNotifications()) ?? []) notification.close();
  const subscription = await registration?.pushManager?.getSubscription();
  await subscription?.unsubscribe();
}
