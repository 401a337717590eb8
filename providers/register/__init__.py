"""The register: who Ofsted has registered, where, for what, and every judgement it has made of them.

Works with no provider signed up. Files come from Ofsted's official statistics (`reading`, `importing`); a school or
service that Ofsted does not inspect may be added by hand (`by_hand`). A registration is one home, agency or
undertaking; quality attaches to it and never to the company that owns it (F-19).
"""
