// A key of its own per message, so that two tabs never overwrite each other's.
import { store, storedJson, storedUnder } from '../lib/storage';
import type { OutboxItem, OutboxStore } from '../realtime/outbox';

function isItem(value: unknown): value is OutboxItem {
  if (typeof value !== 'object' || value === null) return false;
  const item = value as Partial<OutboxItem>;
  return (
    typeof item.clientId === 'string' &&
    typeof item.sessionId === 'string' &&
    typeof item.customerId === 'string' &&
    typeof item.text === 'string' &&
    typeof item.at === 'number'
  );
}

export function outboxStorage(memberId: string): OutboxStore {
  const prefix = `teledesk.outbox.${memberId}.`;
  return {
    load: () =>
      storedUnder(prefix)
        .map((key) => storedJson(key, isItem))
        .filter((item) => item !== null),
    save: (item) => void store(prefix + item.clientId, JSON.stringify(item)),
    remove: (clientId) => void store(prefix + clientId, null),
  };
}
