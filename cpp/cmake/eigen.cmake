# Eigen >= 3.4, from PyPI's cmeel-eigen where the Python at hand has it, else from the system.
#
# cmeel installs below site-packages/cmeel.prefix, which is on no search path, so Python is asked. No version
# is passed to find_package: Debian's Eigen 3.4.0 refuses a range, and a plain 3.4 refuses 5.x.

if(PILOTAGE_BUILD_PYTHON)
  find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
  execute_process(
    COMMAND
      "${Python_EXECUTABLE}" -c
      "import importlib.metadata as m; print(m.distribution('cmeel-eigen').locate_file('cmeel.prefix'))"
    OUTPUT_VARIABLE PILOTAGE_CMEEL_PREFIX
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_QUIET
  )
endif()

find_package(Eigen3 CONFIG REQUIRED HINTS "${PILOTAGE_CMEEL_PREFIX}")
if(Eigen3_VERSION VERSION_LESS 3.4)
  message(FATAL_ERROR "pilotage needs Eigen >= 3.4, found ${Eigen3_VERSION} in ${Eigen3_DIR}")
endif()
message(STATUS "Eigen ${Eigen3_VERSION}: ${Eigen3_DIR}")
