// A mail server that keeps what it is sent.
import { createServer } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface Letter {
  from: string;
  to: string[];
  /** The head and the body as they came, with the encoding of the lines undone. */
  text: string;
}

/** Undoes quoted-printable, which is how texts with long lines travel. */
function readable(raw: string): string {
  const joined = raw.replace(/=\r?\n/g, '');
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  if (!address || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export class Mailbox {
  readonly letters: Letter[] = [];
  readonly port: number;
  readonly #server: SMTPServer;

  private constructor(port: number) {
    this.port = port;
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          const from = mailFrom ? mailFrom.address : '';
          const text = readable(Buffer.concat(chunks).toString('latin1'));
          this.letters.push({ from, to: rcptTo.map((to) => to.address), text });
          done();
        });
      },
    });
  }

  /** One that doesn't listen yet: a mail server may be away for a while. */
  static async make(): Promise<Mailbox> {
    return new Mailbox(await freePort());
  }

  listen(): Promise<void> {
    return new Promise((done) => {
      this.#server.listen(this.port, '127.0.0.1', done);
    });
  }

  close(): Promise<void> {
    return new Promise((done) => this.#server.close(done));
  }
}
