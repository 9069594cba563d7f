import { render } from 'preact';
import '../ui/tokens.css';
import '../ui/base.css';
import { startSession } from '../api/session';
import { startAppearance } from './appearance';
import { startRouter } from './router';
import { Shell } from './shell';
import { startShortcuts } from './shortcuts';

startAppearance();
startRouter();
startShortcuts();
render(<Shell />, document.getElementById('app')!);
void startSession();
if (import.meta.env.PROD) {
  // What it keeps is fetched when the page has what it needs.
  const register = () => navigator.serviceWorker?.register('/service_worker.js');
  addEventListener('load', () => void register()?.catch(() => undefined));
}
