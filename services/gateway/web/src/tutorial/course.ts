// How far somebody is in the tutorial. Nothing of it is stored.
import { signal } from '@preact/signals';
import type { Card } from '../annotate/desk';
import type { Draft } from '../annotate/draft';
import { makeLessons, say, type Lesson } from './lessons';

interface State {
  at: number;
  /** On the desk; undefined at the end. */
  card: Card | undefined;
  hint: string | undefined;
}

export class Course {
  readonly state;

  #answers: (Draft | undefined)[] = [];
  #hasUndone = false;

  constructor(readonly lessons: readonly Lesson[] = makeLessons()) {
    this.state = signal<State>(this.#stateAt(0));
  }

  /** Goes on with the next lesson, or says what to do instead. */
  answer(draft: Draft) {
    const hint = this.#lesson?.hintFor(draft, this.#hasUndone);
    if (hint) this.state.value = { ...this.state.value, hint };
    else this.#goOn(draft);
  }

  skip() {
    this.#goOn(undefined);
  }

  get canUndo(): boolean {
    return this.state.value.at > 0;
  }

  undo() {
    if (!this.canUndo) return;
    const earlier = this.#answers.pop();
    this.#hasUndone = true;
    const before = this.#stateAt(this.state.value.at - 1);
    this.state.value = {
      ...before,
      card: { ...before.card!, ...(earlier && { earlier }) },
      hint: say('undoneHint'),
    };
  }

  get #lesson(): Lesson | undefined {
    return this.lessons[this.state.value.at];
  }

  #goOn(draft: Draft | undefined) {
    this.#answers.push(draft);
    this.state.value = this.#stateAt(this.state.value.at + 1);
  }

  #stateAt(at: number): State {
    const lesson = this.lessons[at];
    return { at, card: lesson && { task: lesson.task }, hint: undefined };
  }
}
