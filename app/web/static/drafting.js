// Writing a request on a bad connection. What is typed is kept in this tab alone (session storage), for the person to
// whom the page was shown, until it is saved, they sign out, or some hours pass; a save that cannot reach us stays on
// the page. Everything works without this, but for a connection that is lost while sending.
import { forget, keyOfPage, kept, keep, sent } from './kept.js'

const form = document.querySelector('form[data-keeps]')
const NOT_KEPT = ['csrf_token', 'idempotency_key', 'version', 'shown_to']
const owner = form.dataset.keeps
const key = keyOfPage()

const typed = () => [...new FormData(form)].filter(([name]) => !NOT_KEPT.includes(name)).map(([name, value]) => [name, String(value)])
const said = (fields) => JSON.stringify(fields.filter(([, value]) => value.trim() !== ''))
const first = said(typed())

function keepNow () {
  if (said(typed()) === first) forget(key)
  else keep(key, { owner, version: form.dataset.version, at: Date.now(), fields: typed() })
}

let waiting
form.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(keepNow, 300) })
window.addEventListener('pagehide', () => { if (waiting) keepNow() })

// Puts kept answers back where their boxes are. Returns those whose boxes are not on the page.
function putBack (fields) {
  for (const box of form.querySelectorAll('input[type=radio], input[type=checkbox]')) {
    box.checked = fields.some(([name, value]) => name === box.name && value === box.value)
  }
  const lost = []
  for (const [name, value] of fields) {
    const boxes = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)]
    if (boxes.length === 0) { if (value) lost.push(value) } else if (boxes.length === 1 && !/radio|checkbox|hidden/.test(boxes[0].type)) boxes[0].value = value
  }
  form.querySelectorAll('input:checked').forEach((box) => box.dispatchEvent(new Event('click', { bubbles: true })))
  return lost
}

function offer (record) {
  const place = document.querySelector('[data-kept-offer]')
  const words = document.createElement('p')
  words.className = 'govuk-body'
  words.textContent = `This tab still has what you typed at ${new Date(record.at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}. It was not saved.`
  const button = (text, act) => {
    const made = document.createElement('button')
    made.type = 'button'
    made.className = 'govuk-button govuk-button--secondary'
    made.textContent = text
    made.addEventListener('click', act)
    return made
  }
  const group = document.createElement('div')
  group.className = 'govuk-button-group'
  group.append(
    button('Put it back', () => {
      const lost = putBack(record.fields)
      words.textContent = 'It is back on the page. Look through it and save it.' + (lost.length ? ` These have no box here any more: ${lost.join('; ')}` : '')
      group.remove()
      keepNow()
    }),
    button('Forget it', () => { forget(key); place.hidden = true })
  )
  place.setAttribute('role', 'status')
  place.append(words, group)
  place.hidden = false
}

const record = kept(key) // null where storage is switched off
if (record && record.owner !== owner) forget()
else if (record && said(record.fields) === first) forget(key)
else if (record) offer(record)

// A hidden box belongs to an answer that was not chosen, and is not sent.
const hidden = (off) => form.querySelectorAll('.govuk-radios__conditional--hidden :is(input, select, textarea)').forEach((box) => { box.disabled = off })
window.addEventListener('pageshow', () => { hidden(false); delete form.dataset.reached })

form.addEventListener('submit', (event) => {
  if (form.dataset.reached) return
  event.preventDefault()
  const { submitter } = event
  const lines = submitter && /^(more|less)$/.test(submitter.name)
  const alert = document.querySelector('[data-offline]')
  keepNow()
  fetch(form.dataset.alive, { cache: 'no-store', signal: AbortSignal.timeout(8000) }).then(() => {
    alert.hidden = true
    if (!lines) { hidden(true); sent(key) }
    clearTimeout(waiting)
    waiting = undefined
    form.dataset.reached = 'yes'
    form.requestSubmit(submitter)
  }, () => {
    alert.textContent = 'There is no connection, so nothing was sent. What you typed stays on this page. Try again when the connection is back.'
    alert.hidden = false
    alert.setAttribute('tabindex', '-1')
    alert.focus()
  })
})
