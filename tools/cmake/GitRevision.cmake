# Writes OUTPUT from INPUT with the revision of the checkout at SOURCE, or, where there is no .git,
# the revision that `git archive` left in SOURCE/tools/cmake/revision.txt. Run at every build;
# OUTPUT changes only when the revision does.
set(POLYPATH_GIT_REVISION "unknown")
execute_process(COMMAND git -C "${SOURCE}" describe --always --dirty --abbrev=12 --exclude=*
                OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE
                ERROR_QUIET RESULT_VARIABLE failed)
if(NOT failed AND EXISTS "${SOURCE}/.git")
  set(POLYPATH_GIT_REVISION "${described}")
else()
  file(READ "${SOURCE}/tools/cmake/revision.txt" archived)
  string(STRIP "${archived}" archived)
  if(archived MATCHES "^[0-9a-f]+$")
    set(POLYPATH_GIT_REVISION "${archived}")
  endif()
endif()
configure_file("${INPUT}" "${OUTPUT}" @ONLY)
