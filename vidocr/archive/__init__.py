"""Many films: which ones, what was done of them, and who works on them.

``films`` finds them, ``ledger`` remembers them, a crew (``crew`` on this machine, ``ray_crew``
on many) reads them, and ``batch`` hands out the work and puts the tracks in place.
"""
