import { render } from 'preact';
import type { ToWebview } from '../messages';
import { App } from './app';
import './css/base.css';
import './css/header.css';
import './css/stage.css';
import './css/objects.css';
import './css/side.css';
import './css/playground.css';
import { followView, learn, wasIssued } from './hand';
import { keyPressed } from './keyboard';
import { receive, send } from './store';

window.addEventListener('message', (event: MessageEvent<ToWebview>) => {
  const message = event.data;
  if (message.type === 'offer') learn(message.offer);
  else if (message.type === 'issued') wasIssued(message.refused);
  else {
    receive(message);
    followView();
  }
});
document.addEventListener('keydown', keyPressed);
render(<App />, document.getElementById('root')!);
send({ type: 'ready' });
