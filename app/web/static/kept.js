// What drafting.js keeps in this tab: forgotten on every page once it was saved, is old, or its writer signs out.
const SENT = 'homeward-sent'
const BEGINS = 'homeward-unsaved:'
const LASTS = 4 * 60 * 60 * 1000

export const keyOfPage = () => BEGINS + window.location.pathname + '#' + (new URLSearchParams(window.location.search).get('child') || '1')

const keys = () => Object.keys(window.sessionStorage).filter((one) => one.startsWith(BEGINS))

export function forget (key) {
  try { (key ? [key] : [...keys(), SENT]).forEach((one) => window.sessionStorage.removeItem(one)) } catch { /* switched off */ }
}

// A save of this page's answers is on its way: the next page forgets them.
export function sent (key) {
  try { window.sessionStorage.setItem(SENT, key) } catch { /* switched off */ }
}

export function kept (key) {
  try { return JSON.parse(window.sessionStorage.getItem(key)) } catch { return null }
}

let leaving = false

export function keep (key, record) {
  if (leaving) return
  try { window.sessionStorage.setItem(key, JSON.stringify(record)) } catch { /* full or switched off: the page works without */ }
}

export function tidy () {
  const sent = window.sessionStorage.getItem(SENT)
  if (sent && sent !== keyOfPage()) forget(sent)
  window.sessionStorage.removeItem(SENT)
  keys().filter((one) => !(Date.now() - (kept(one)?.at ?? 0) < LASTS)).forEach(forget)
  document.querySelector('form[data-settles]')?.addEventListener('submit', () => sent(keyOfPage()))
  document.querySelector('.hw-sign-out')?.addEventListener('submit', () => { leaving = true; forget() })
}
