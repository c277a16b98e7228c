// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The largest number of columns that ``withConstant(_:_:)`` gives as a constant.
let largestConstant = 8

/// Calls `body` with a number of columns, for those that most models have as a constant: its loops
/// over columns are then unrolled.
@inline(__always)
func withConstant(_ count: Int, _ body: (Int) -> Void) {
  switch count {
  case 1: body(1)
  case 2: body(2)
  case 3: body(3)
  case 4: body(4)
  case 5: body(5)
  case 6: body(6)
  case 7: body(7)
  case 8: body(8)
  default: body(count)
  }
}
