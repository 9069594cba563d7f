// Who works in this browser: the sign-in that the gateway keeps in a cookie, which no script sees.
import { computed, signal } from '@preact/signals';

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
  /** The gateway does not answer. */
  | { state: 'away' }
  /** `person` is who was signed in before, whose work is kept until they are back. */
  | { state: 'out'; person?: Person }
  | { state: 'in'; person: Person };

export const session = signal<Session>({ state: 'unknown' });

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
  const now = session.value;
  const person = now.state === 'in' || now.state === 'out' ? now.person : undefined;
  return person ? person.name || ownName.value : '';
});

const ranks: Role[] = ['annotator', 'reviewer', 'manager', 'admin'];

/** Whether who is signed in may do what `role` may. Each role may do what those before it may. */
export function may(role: Role): boolean {
  const now = session.value;
  if (now.state !== 'in') return false;
  const { role: own } = now.person;
  return ranks.indexOf(own === 'service' ? 'manager' : own) >= ranks.indexOf(role);
}

export function signedOut() {
  const now = session.peek();
  if (now.state === 'out') return;
  session.value = { state: 'out', ...(now.state === 'in' && { person: now.person }) };
}

/** Asks the gateway who is signed in. */
export async function refreshSession() {
  try {
    const reply = await fetch('/session');
    if (reply.status === 401) signedOut();
    else if (reply.ok) session.value = { state: 'in', person: (await reply.json()) as Person };
    else throw new Error(`GET /session: ${reply.status}`);
  } catch {
    if (session.peek().state === 'unknown') session.value = { state: 'away' };
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
      session.value = { state: 'in', person: (await reply.json()) as Person };
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
}
