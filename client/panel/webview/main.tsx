import { render } from 'preact';
import type { ToWebview } from '../messages';
import { App } from './app';
import './css/base.css';
import './css/header.css';
import './css/stage.css';
import './css/objects.css';
import './css/side.css';
import { keyPressed } from './keyboard';
import { receive, send } from './store';

window.addEventListener('message', (event: MessageEvent<ToWebview>) => receive(event.data));
document.addEventListener('keydown', keyPressed);
render(<App />, document.getElementById('root')!);
send({ type: 'ready' });
