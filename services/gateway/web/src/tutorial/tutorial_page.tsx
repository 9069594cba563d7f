import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { announcementOf } from '../annotate/announcement';
import { AnyCard } from '../annotate/any_card';
import { href } from '../app/router';
import { helpShown } from '../app/shortcut_help';
import { useShortcuts } from '../app/shortcuts';
import { t as ta } from '../i18n/annotate';
import { t as tb } from '../i18n/app';
import { locale } from '../i18n/language';
import { t } from '../i18n/tutorial';
import { Button } from '../ui/button';
import { usePageTitle } from '../ui/page';
import { Course } from './course';
import '../annotate/annotate_page.css';
import '../annotate/top_bar.css';
import './tutorial.css';

/** Ten cards as in real work, answered by whoever learns them. */
export function TutorialPage() {
  const times = useSignal(0);
  const course = useMemo(() => new Course(), [locale.value, times.value]);
  const undo = course.canUndo ? () => course.undo() : undefined;
  useShortcuts({ undo });
  const { at, card, hint } = course.state.value;
  return (
    <>
      <Bar at={at} all={course.lessons.length} onSkip={() => course.skip()} />
      <div class="desk tutorial" data-task={card?.task.taskId}>
        {card ? (
          <>
            <Story course={course} />
            <p class="hint" role="status">
              {hint}
            </p>
            <AnyCard
              card={card}
              labels={[t('label')]}
              busy={false}
              answer={(draft) => course.answer(draft)}
              undo={undo}
            />
          </>
        ) : (
          <End onAgain={() => times.value++} />
        )}
      </div>
      <div class="visually-hidden" role="status" aria-live="polite">
        {card && announcementOf(card.task)}
      </div>
    </>
  );
}

function Bar({ at, all, onSkip }: { at: number; all: number; onSkip: () => void }) {
  const heading = usePageTitle(t('tutorial'));
  const n = Math.min(at + 1, all);
  return (
    <header class="desk-bar">
      <a class="button quiet icon" href={href('home')} aria-label={tb('toHome')}>
        <span aria-hidden="true">←</span>
      </a>
      <h1 ref={heading} tabIndex={-1}>
        {t('tutorial')}
      </h1>
      <div class="counts">
        <span>{t('lessonOf', { n, all })}</span>
      </div>
      {at < all && (
        <Button kind="quiet" onClick={onSkip}>
          {t('skip')}
        </Button>
      )}
      <Button kind="quiet" icon aria-label={ta('help')} onClick={() => (helpShown.value = true)}>
        <span aria-hidden="true">?</span>
      </Button>
      <progress aria-label={t('tutorial')} value={at} max={all} />
    </header>
  );
}

function Story({ course }: { course: Course }) {
  const { title, story } = course.lessons[course.state.value.at]!;
  return (
    <section class="story" aria-labelledby="story">
      <h2 id="story">{title}</h2>
      <p aria-live="polite">{story}</p>
    </section>
  );
}

function End({ onAgain }: { onAgain: () => void }) {
  return (
    <div class="empty">
      <h2>{t('endTitle')}</h2>
      <p>{t('end')}</p>
      <a class="button primary" href={href('home')}>
        {t('toHome')}
      </a>
      <Button onClick={onAgain}>{t('again')}</Button>
    </div>
  );
}
