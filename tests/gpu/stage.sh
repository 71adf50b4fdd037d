# stage.sh NAME: runs one stage of check, which has exported what it needs.
. "$here/results.sh"
. "$here/stages.sh"
. "$here/speed.sh"
"stage_$1"
