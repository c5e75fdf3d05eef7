// What the tabs of one browser tell each other: they share a login.

export type TabWord = { type: 'forced_out' } | { type: 'signed_out' } | { type: 'signed_in'; member: string };

const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('teledesk') : null;

export function tellTabs(word: TabWord): void {
  channel?.postMessage(word);
}

export function onTabs(handler: (word: TabWord) => void): void {
  channel?.addEventListener('message', (message: MessageEvent<TabWord>) => handler(message.data));
}
