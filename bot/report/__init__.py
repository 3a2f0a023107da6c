"""What happened in a call, from its journal and its recording, as a page that needs nothing else; and in many calls.

`call` reads a session and decides it again, `lanes` and `turns` say who did what when, `call_page` draws it. `fleet`
reads a folder one journal at a time, `fleet_page` draws that. `markup` makes all HTML: what strangers have said is text
there, and never anything else.
"""
