import './styles/app.css';
import './app/locale.svelte';
import { mount } from 'svelte';
import { loadWords } from './api/words.svelte';
import App from './App.svelte';
import { placeOf } from './app/guards';
import { preloadInbox } from './app/router';
import { start } from './app/session';

const target = document.getElementById('app');
// What check.js found too old has its words already.
if (target && !document.documentElement.hasAttribute('data-too-old')) {
  void start(location.pathname).then(loadWords);
  // Its code comes while the server is being asked who is here.
  if (placeOf(location.pathname) === 'inside') preloadInbox();
  mount(App, { target });
}
