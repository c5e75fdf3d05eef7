// Where unsent messages outlive the page: IndexedDB, one row per message, so that two tabs never overwrite each other's.
// Nothing here throws or hangs: a browser without it (private mode, quota, blocked) keeps messages on the page alone.
import type { OutboxItem } from './outbox';

export interface OutboxStore {
  load: () => Promise<OutboxItem[]>;
  /** Whether it is kept for good. */
  save: (item: OutboxItem) => Promise<boolean>;
  remove: (clientIds: readonly string[]) => Promise<void>;
  /** Wipes everything of this member. */
  clear: () => Promise<void>;
}

const DATABASE = 'teledesk';
const TABLE = 'outbox';
/** Milliseconds after which a database that does not answer counts as none: some browsers never call back. */
const PATIENCE = 3_000;

interface Row extends OutboxItem {
  scope: string;
}

function isRow(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null) return false;
  const row = value as Partial<Row>;
  return (
    [row.clientId, row.sessionId, row.customerId, row.customerName, row.text].every((one) => typeof one === 'string') &&
    typeof row.at === 'number'
  );
}

class Hung extends Error {}

function inTime<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Hung()), PATIENCE);
    void promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Even asking for it throws where storage is switched off. */
function browsersOwn(): IDBFactory | undefined {
  try {
    return globalThis.indexedDB;
  } catch {
    return undefined;
  }
}

function open(factory: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(TABLE, { keyPath: 'clientId' }).createIndex('scope', 'scope');
    };
    request.onsuccess = () => {
      // A newer portal in another tab may want to change the tables.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error ?? new Error('refused'));
  });
}

function run<T>(
  database: IDBDatabase,
  mode: IDBTransactionMode,
  work: (table: IDBObjectStore) => IDBRequest<T> | null,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    // Strict: on the disk, not on its way there, before the message goes out.
    const transaction = database.transaction(TABLE, mode, { durability: 'strict' });
    const request = work(transaction.objectStore(TABLE));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error('aborted'));
  });
}

/** The messages of one member of one workspace, named by `scope`. */
export function indexedDbStore(scope: string, factory = browsersOwn()): OutboxStore {
  let database: Promise<IDBDatabase> | null = null;
  let hung = false;

  async function use<T>(
    mode: IDBTransactionMode,
    work: (table: IDBObjectStore) => IDBRequest<T> | null,
  ): Promise<T | undefined> {
    if (!factory || hung) throw new Error('there is no database');
    try {
      database ??= open(factory);
      return await inTime(database.then((opened) => run(opened, mode, work)));
    } catch (error) {
      // Closed under us or refused: the next use opens it anew. One that hung is not waited for again.
      database = null;
      hung ||= error instanceof Hung;
      throw error;
    }
  }

  return {
    load: async () => {
      const rows = await use('readonly', (table) => table.index('scope').getAll(scope)).catch(() => []);
      return (rows as unknown[]).filter(isRow).map(({ scope: _, ...item }) => item);
    },
    save: (item) =>
      use('readwrite', (table) => table.put({ ...item, kept: true, scope })).then(
        () => true,
        () => false,
      ),
    remove: (clientIds) =>
      use('readwrite', (table) => {
        for (const id of clientIds) table.delete(id);
        return null;
      }).then(
        () => undefined,
        () => undefined,
      ),
    clear: async () => {
      const rows = await use('readonly', (table) => table.index('scope').getAllKeys(scope)).catch(() => []);
      await use('readwrite', (table) => {
        for (const key of rows ?? []) table.delete(key);
        return null;
      }).catch(() => undefined);
    },
  };
}
