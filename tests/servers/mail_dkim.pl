# Verifies the signatures of the mail on standard input by Mail::DKIM, asking the DNS server at
# the address and port that are given; prints an algorithm and a result a line.
use strict;
use warnings;
use Mail::DKIM::DNS;
use Mail::DKIM::Verifier;
use Net::DNS::Resolver;

my ($address, $port) = @ARGV;
Mail::DKIM::DNS::resolver(
    Net::DNS::Resolver->new(nameservers => [$address], port => $port, recurse => 1));
my $verifier = Mail::DKIM::Verifier->new();
binmode STDIN;
while (my $piece = <STDIN>) {
    $verifier->PRINT($piece);
}
$verifier->CLOSE();
for my $signature ($verifier->signatures) {
    printf "%s %s\n", $signature->algorithm, $signature->result_detail;
}
