# Writes OUTPUT from TEMPLATE with the version of the sources in SOURCE_DIR. It runs with every
# build, since a commit changes no file that a build depends on; an output that stays the same is
# left alone, so that nothing is compiled or linked anew.
#   cmake -DSOURCE_DIR=... -DVERSION=0.1.0 -DBUILD_TYPE=Release -DTEMPLATE=... -DOUTPUT=... -P FILE

function(git variable)
  execute_process(COMMAND git -C ${SOURCE_DIR} ${ARGN}
    OUTPUT_VARIABLE output OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    set(output "")
  endif()
  set(${variable} "${output}" PARENT_SCOPE)
endfunction()

# A tarball may be unpacked inside another repository, whose commit says nothing about it.
git(prefix rev-parse --show-prefix)
git(commit describe --always --dirty --abbrev=12 --exclude=*)
git(date log -1 --format=%cs)
if(commit AND NOT prefix)
  set(COMMIT "commit ${commit} of ${date}, ")
else()
  set(COMMIT "")
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
