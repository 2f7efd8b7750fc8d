#!/bin/sh
# Makes the code editor's library anew, from the packages that package-lock.json names. Needs npm.
set -eu
here=requirements/editor
there=src/pabal/console/design/static/design/vendor
npm ci --silent --no-audit --no-fund --prefix $here
$here/node_modules/.bin/esbuild $here/codemirror.js --bundle --minify --format=esm \
	--target=es2020 --legal-comments=none --outfile=$there/codemirror-6.min.js
{
	echo "codemirror-6.min.js holds these packages, under the MIT licence:"
	for each in $here/node_modules/@codemirror/* $here/node_modules/@lezer/* \
		$here/node_modules/@marijn/* $here/node_modules/style-mod $here/node_modules/crelt \
		$here/node_modules/w3c-keyname
	do
		node -p "const p = require('./$each/package.json'); p.name + ' ' + p.version"
	done
	cat $here/node_modules/@codemirror/view/LICENSE
} > $there/codemirror-LICENSE.txt
