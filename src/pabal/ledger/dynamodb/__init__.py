"""The ledger on DynamoDB, for Lambdas: no connection to exhaust, nothing to look after.

One table, on demand. Keys stand in `keys.py`, the table's definition in `schema.py`. Every
change is one TransactWriteItems on what was read a moment before (`work.py`): items carry a
version, and whoever comes second reads again and decides again. So what SQL decides behind
locks is decided here by the same functions (`ledger/settling.py`, `ledger/beginning.py`).

What an item weighs, and what a mail costs, in bytes and in write units of 1 KB; in a
transaction a write counts twice, as does a condition on an item that is not written:

    delivery, with its history   450 to 900 B  1 unit; 2 KB where a server was talkative
    index campaign_state         350 B         1 unit for each change, 2 where the state changes
    link from its address        100 B         1 unit, once
    note of when it was answered 100 B         1 unit, for forgetting the answer in time
    run, slot of a tally, quota  100 to 400 B  shared by the mails of a transaction
    address (stops, bounces)     150 B         a condition each time a mail begins
    event                        300 to 800 B  2 units, and 2 each for delivery and address,
                                               2 for a note where it says something
    opens or clicks of one sort  200 B         2 units, and 2 each for delivery and tally

    enqueue    2 + 1 for the index + 2 (link)  = 5, + 4 shared by up to 48 mails
    claim      2 + 1                           = 3
    begin      2 + 2 + 2 (condition)           = 6, + 8 shared by up to 12 mails
    settle     2 + 2 + 2 (note)                = 6, + 2 shared by up to 12 mails

Counted (`make aws-units`): 21.5 write units, 6 of them in the index, and 6.7 read units (strongly
consistent, 4 KB each) for a mail that is sent at the first attempt; 9 write units more for an
event `Send`, 13 for a `Delivery` with its words, 8 for the first open, 6 for the first click.

Limits: a transaction has 100 items and 4 MB; an item 400 KB, of which a history of some
thousand attempts would take all. An index partition (campaign and state) takes 1,000 units a
second until DynamoDB splits it; the quota's item some 100 transactions a second. A sweep and
an overview ask for each campaign that is open, and read the runs of all: a request for each
1 MB, which is some 4,000 campaigns. Mails by recipients' domains are counted in the index,
a request for each 3,000.

The index follows with some milliseconds of delay. Whatever is found in it is read again before
it changes, and what must be complete does not rest on it: cancelling goes on until the tally
says so, and erasing goes by links, which are written with the deliveries.
"""
