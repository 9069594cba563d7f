import { render } from 'preact';
import '../ui/tokens.css';
import '../ui/base.css';
import { refreshSession } from '../api/session';
import { startAppearance } from './appearance';
import { startRouter } from './router';
import { Shell } from './shell';
import { startShortcuts } from './shortcuts';

startAppearance();
startRouter();
startShortcuts();
render(<Shell />, document.getElementById('app')!);
void refreshSession();
