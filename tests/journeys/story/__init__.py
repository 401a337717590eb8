"""One story, played twice: by seven people in seven browsers, and by the same people through HTTP without JavaScript.

`plot.py` is the story in order. The acts (`joining.py`, `asking.py`, `offering.py`, `deciding.py`, `placing.py`) say
what each person opens, fills in and presses, and what they must see and must not see; `ending.py` counts afterwards.
They use `hands.py`, which names what a person does with a page; `browser.py` does it with Chromium and `wire.py` with
HTTP and an HTML parser. `house.py` starts the server process and founds the consortium in it.
"""
