// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension FitPlan {
  /// The plan as tables: the model, its grouping factors, the blocks of the factor, memory, and
  /// arithmetic, with the time that it takes at the given speed.
  public func tables(at speed: MachineSpeed? = nil) -> [ResultTable] {
    [modelTable, groupTable, blockTable, memoryTable, workTable(speed)]
  }

  private var modelTable: ResultTable {
    var table = ResultTable(
      "model", title: "Plan of \(formula)",
      columns: [
        .init("rows", "Rows"), .init("rowsDropped", "Dropped"),
        .init("fixedEffects", "Fixed effects"), .init("randomEffects", "Random effects"),
        .init("covarianceParameters", "Covariance parameters"),
        .init("optimizedParameters", "Optimized"),
      ])
    table.append([
      .integer(rowCount), .integer(droppedRowCount), .integer(fixedEffectCount),
      .integer(randomEffectCount), .integer(covarianceParameterCount),
      .integer(optimizedParameterCount),
    ])
    return table
  }

  private var groupTable: ResultTable {
    var table = ResultTable(
      "groups", title: "Grouping factors",
      columns: [
        .init("group", "Group"), .init("levels", "Levels"), .init("effects", "Effects per level"),
        .init("part", "Eliminated"),
      ])
    for group in groups {
      let isInTail = tail.groupingFactors.contains(group.name)
      table.append([
        .text(group.name), .integer(group.levelCount), .integer(group.effectCount),
        .text(isInTail ? "in the tail" : "level by level"),
      ])
    }
    if tail.storage == .notFormed {
      table.notes.append(
        "The tail has \(tail.order.groupedText) rows and is not formed: the log-determinant is "
          + "stochastic.")
    } else if tail.storage != .none {
      let kind =
        tail.storage == .dense
        ? "dense" : "sparse, in \(tail.supernodeCount.groupedText) dense blocks"
      table.notes.append(
        "The tail has \(tail.order.groupedText) rows and is \(kind): "
          + "\(tail.density.percentText(digits: 2)) of its lower triangle is stored.")
    }
    return table
  }

  private var blockTable: ResultTable {
    var table = ResultTable(
      "blocks", title: "Blocks of the cross-products and of their factor",
      columns: [
        .init("row", "Row"), .init("column", "Column"), .init("rows", "Rows"),
        .init("columns", "Columns"), .init("crossProducts", "Cross-products"),
        .init("factor", "Factor"), .init("density", "Density", .decimals(4)),
        .init("entries", "Entries"), .init("bytes", "Bytes", .bytes),
      ])
    for block in blocks {
      table.append([
        .text(block.row), .text(block.column), .integer(block.rowCount),
        .integer(block.columnCount), .text(block.form.crossProducts.rawValue),
        .text(block.form.factor.rawValue), .number(block.density),
        .integer(block.factorEntryCount), .integer(block.factorByteCount),
      ])
    }
    table.notes.append(
      "The factor has \(factorEntryCount.groupedText) entries; the selected inverse takes its place."
    )
    return table
  }

  private var memoryTable: ResultTable {
    var table = ResultTable(
      "memory", title: "Memory", columns: [.init("part", "Part"), .init("bytes", "Bytes", .bytes)])
    for part in Memory.Part.allCases {
      table.append([.text(part.rawValue), .integer(memory[part])])
    }
    table.append([.text("peak"), .integer(memory.peak)])
    table.notes.append("The accumulation is over before the factor is allocated.")
    return table
  }

  private func workTable(_ speed: MachineSpeed?) -> ResultTable {
    var table = ResultTable(
      "work", title: "Arithmetic" + (speed == nil ? "" : " and time"),
      columns: [
        .init("step", "Step"), .init("operations", "Operations"),
        .init("bytesMoved", "Bytes moved", .bytes), .init("seconds", "Time", .seconds),
      ])
    let count = work.expectedEvaluationCount
    table.append([
      .text("design and cross-products"), .number(2 * work.designNumbers + work.designOperations),
      .missing, .init(speed.map(work.designSeconds)),
    ])
    table.append([.text("one factorization"), .number(work.factorization), .missing, .missing])
    table.append([
      .text("one evaluation with derivatives"), .number(work.evaluation),
      .number(work.evaluationByteCount), .init(speed.map(work.secondsPerEvaluation)),
    ])
    table.append([
      .text("the fit, about \(count) evaluations"),
      .number(
        2 * work.designNumbers + work.designOperations + Double(count + 1) * work.evaluation),
      .missing, .init(speed.map(work.expectedSeconds)),
    ])
    if let speed {
      let rate = (speed.denseRate / 1e9).fixedText(decimals: 1)
      table.notes.append(
        "Times on one thread, at \(rate) billion operations per second in dense blocks, measured"
          + " now; reading the data comes on top.")
    }
    return table
  }
}

extension FitPlan: CustomStringConvertible {
  /// The tables, without times.
  public var description: String {
    tables().map(\.description).joined(separator: "\n\n")
  }
}

extension Double {
  /// The share as a percentage with so many digits: `38%`, `0.21%`.
  fileprivate func percentText(digits: Int) -> String {
    let percent = 100 * self
    guard percent.isFinite, percent > 0 else { return "0%" }
    var decimals = 0
    var bound = 10.0
    while percent < bound, decimals < digits + 4 {
      decimals += 1
      bound /= 10
    }
    return percent.fixedText(decimals: decimals) + "%"
  }
}
