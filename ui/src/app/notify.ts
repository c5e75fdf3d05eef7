// Sounds and browser notifications: said here by the line, made by code that comes with the bell, so that nobody waits for it.
import type { Message, Notification } from '../api/types';

export interface Voice {
  /** Of what a customer wrote in one of my sessions. */
  tellMessage: (message: Message) => void;
  /** Of what the notification centre was told. */
  tellNotification: (told: Notification) => void;
  stop: () => void;
}

let voice: Voice | null = null;

export function giveVoice(given: Voice): void {
  voice = given;
}

export function stopNotifying(): void {
  voice?.stop();
  voice = null;
}

export function notifyMessage(message: Message): void {
  voice?.tellMessage(message);
}

export function notifyOf(news: readonly Notification[]): void {
  for (const told of news) voice?.tellNotification(told);
}
