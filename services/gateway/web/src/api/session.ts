// Who works in this browser: the sign-in that the gateway keeps in a cookie, which no script sees.
import { computed, signal } from '@preact/signals';
import { stored } from '../app/stored';
import { noteAnswer } from './reach';

export type Role = 'annotator' | 'reviewer' | 'manager' | 'admin' | 'service';

export interface Person {
  /** "" where nobody signs in. */
  name: string;
  role: Role;
  /** Nobody is registered: everybody may do everything, under a name of their choice. */
  open: boolean;
}

export type Session =
  /** Not asked yet. */
  | { state: 'unknown' }
  /** The gateway has not answered yet. `person` is who was signed in when the page was left. */
  | { state: 'away'; person?: Person }
  /** `person` is who was signed in before, whose work is kept until they are back. */
  | { state: 'out'; person?: Person }
  | { state: 'in'; person: Person };

export const session = signal<Session>({ state: 'unknown' });

/** For pages that are opened without a network. */
const lastPerson = stored<Person | null>('person', null);

const nameKey = 'winnow.name';
const ownName = signal(read());

function read(): string {
  try {
    return localStorage.getItem(nameKey) ?? '';
  } catch {
    return '';
  }
}

/** Chooses the name of whoever works here in an open system. */
export function setOwnName(name: string) {
  ownName.value = name;
  try {
    localStorage.setItem(nameKey, name);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

/** The name that answers bear; "" while it is not known. */
export const annotator = computed(() => {
  const person = personOf(session.value);
  return person ? person.name || ownName.value : '';
});

const personOf = (now: Session) => ('person' in now ? now.person : undefined);

const ranks: Role[] = ['annotator', 'reviewer', 'manager', 'admin'];

/** Whether who is signed in may do what `role` may. Each role may do what those before it may. */
export function may(role: Role): boolean {
  const now = session.value;
  const person = now.state === 'out' ? undefined : personOf(now);
  if (!person) return false;
  const { role: own } = person;
  return ranks.indexOf(own === 'service' ? 'manager' : own) >= ranks.indexOf(role);
}

export function signedOut() {
  const now = session.peek();
  if (now.state === 'out') return;
  const person = personOf(now);
  session.value = { state: 'out', ...(person && { person }) };
  lastPerson.value = null;
}

function signedIn(person: Person) {
  session.value = { state: 'in', person };
  lastPerson.value = person;
}

/** Asks the gateway who is signed in, until it answers. */
export async function startSession() {
  for (let wait = 1000; ; wait = Math.min(2 * wait, 15_000)) {
    await refreshSession();
    if (session.peek().state !== 'away') return;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** Asks the gateway who is signed in. */
export async function refreshSession() {
  try {
    const reply = await fetch('/session');
    if (reply.status === 401) signedOut();
    else if (reply.ok) signedIn((await reply.json()) as Person);
    else throw new Error(`GET /session: ${reply.status}`);
    noteAnswer(true);
  } catch {
    noteAnswer(false);
    const person = lastPerson.peek();
    if (session.peek().state === 'unknown') {
      session.value = { state: 'away', ...(person && { person }) };
    }
  }
}

export type SignInResult = 'good' | 'refused' | 'wait' | 'away';

export async function signIn(token: string): Promise<SignInResult> {
  try {
    const reply = await fetch('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    if (reply.ok) {
      signedIn((await reply.json()) as Person);
      return 'good';
    }
    if (reply.status === 429) return 'wait';
    return reply.status < 500 ? 'refused' : 'away';
  } catch {
    return 'away';
  }
}

export async function signOut(everywhere = false) {
  await fetch(`/session${everywhere ? '?everywhere=1' : ''}`, { method: 'DELETE' });
  session.value = { state: 'out' };
  lastPerson.value = null;
}
