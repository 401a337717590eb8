// Every page works without this. It wakes the GOV.UK components and adds what only a script can.
// The page names the components' file, because its address changes with its content.
import { tidy } from './kept.js'

const { components } = document.querySelector('script[data-components]').dataset

try { tidy() } catch { /* storage is switched off: nothing is kept */ }
import(components).then(({ initAll }) => initAll())
